// SPDX-License-Identifier: GPL-2.0
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * What servers in Java do all day: a pool of workers that take from a bounded
 * queue, a map behind a monitor, a table behind a read-write lock, futures, and
 * far more idle threads than busy ones. Says at its end how much it did.
 */
public class Pool {
	private static final AtomicLong done = new AtomicLong();
	private static final Map<Integer, Long> counts = new HashMap<>();
	private static final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
	private static long table;

	private static void work(int n) {
		synchronized (counts) {
			counts.merge(n % 64, 1L, Long::sum);
		}
		if (n % 16 == 0) {
			lock.writeLock().lock();
			try {
				table++;
			} finally {
				lock.writeLock().unlock();
			}
		} else {
			lock.readLock().lock();
			try {
				done.addAndGet(table >= 0 ? 1 : 0);
			} finally {
				lock.readLock().unlock();
			}
		}
	}

	private static void consume(BlockingQueue<Integer> queue) {
		try {
			while (true)
				work(queue.take());
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
		}
	}

	public static void main(String[] args) throws Exception {
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.parseLong(args[0]));
		BlockingQueue<Integer> queue = new ArrayBlockingQueue<>(128);
		List<Thread> workers = new ArrayList<>();

		for (int i = 0; i < 8; i++) {
			Thread t = new Thread(() -> consume(queue), "worker-" + i);
			t.setDaemon(true);
			t.start();
			workers.add(t);
		}
		/* a pool that was sized for a rush, and waits for it */
		ExecutorService idle = Executors.newFixedThreadPool(32);
		for (int i = 0; i < 32; i++)
			idle.submit(() -> work(1)).get();
		System.out.println("up");
		for (int n = 0; System.nanoTime() < end; n++) {
			queue.put(n);
			if (n % 1000 == 0)
				CompletableFuture.supplyAsync(() -> 1, ForkJoinPool.commonPool()).get();
		}
		idle.shutdown();
		System.out.println(done.get() + " requests done, tps " + done.get() / Long.parseLong(args[0]));
	}
}
