// SPDX-License-Identifier: GPL-2.0
//! What Rust programs do in the scenes of tests/scenes/reentered.c: a map whose lock is made as
//! dashmap's is (an atomic word, and threads that park), and a registry behind a std Mutex.
//! Neither lock names its owner.

mod shards {
    pub mod lock {
        use std::sync::atomic::{AtomicU32, Ordering::*};
        use std::sync::Mutex;
        use std::thread::{self, Thread};

        /// 1: locked to write; else twice the number of readers.
        pub struct RawRwLock {
            state: AtomicU32,
            parked: Mutex<Vec<Thread>>,
        }

        impl RawRwLock {
            pub const fn new() -> Self {
                RawRwLock { state: AtomicU32::new(0), parked: Mutex::new(Vec::new()) }
            }

            fn try_exclusive(&self) -> bool {
                self.state.compare_exchange(0, 1, Acquire, Relaxed).is_ok()
            }

            fn try_shared(&self) -> bool {
                let state = self.state.load(Relaxed);
                state & 1 == 0
                    && self.state.compare_exchange(state, state + 2, Acquire, Relaxed).is_ok()
            }

            pub fn lock_exclusive(&self) {
                if !self.try_exclusive() {
                    self.lock_exclusive_slow()
                }
            }

            pub fn lock_shared(&self) {
                if !self.try_shared() {
                    self.lock_shared_slow()
                }
            }

            pub fn unlock_exclusive(&self) {
                self.state.store(0, Release);
                self.wake()
            }

            pub fn unlock_shared(&self) {
                self.state.fetch_sub(2, Release);
                self.wake()
            }

            fn wake(&self) {
                for t in self.parked.lock().unwrap().drain(..) {
                    t.unpark()
                }
            }

            fn queue(&self) {
                self.parked.lock().unwrap().push(thread::current())
            }

            #[cold]
            #[inline(never)]
            fn lock_exclusive_slow(&self) {
                loop {
                    self.queue();
                    if self.try_exclusive() {
                        return;
                    }
                    thread::park()
                }
            }

            #[cold]
            #[inline(never)]
            fn lock_shared_slow(&self) {
                loop {
                    self.queue();
                    if self.try_shared() {
                        return;
                    }
                    thread::park()
                }
            }
        }
    }

    use std::cell::UnsafeCell;

    pub struct ShardMap<V> {
        lock: lock::RawRwLock,
        values: UnsafeCell<Vec<V>>,
    }

    unsafe impl<V: Send> Sync for ShardMap<V> {}

    impl<V> ShardMap<V> {
        pub const fn new() -> Self {
            ShardMap { lock: lock::RawRwLock::new(), values: UnsafeCell::new(Vec::new()) }
        }

        #[inline(never)]
        pub fn insert(&self, v: V) {
            self.lock.lock_exclusive();
            unsafe { (*self.values.get()).push(v) };
            self.lock.unlock_exclusive()
        }

        #[inline(never)]
        pub fn len(&self) -> usize {
            self.lock.lock_shared();
            let n = unsafe { (*self.values.get()).len() };
            self.lock.unlock_shared();
            n
        }

        #[inline(never)]
        pub fn retain(&self, keep: impl FnMut(&V) -> bool) {
            self.lock.lock_exclusive();
            unsafe { (*self.values.get()).retain(keep) };
            self.lock.unlock_exclusive()
        }
    }
}

static CACHE: shards::ShardMap<u64> = shards::ShardMap::new();

/// How long what is done with the lock takes.
pub type Work = extern "C" fn();

#[inline(never)]
fn fits(target: u64) -> bool {
    (CACHE.len() as u64) < target
}

/// The bug: asks for the length of the map from within retain().
#[no_mangle]
pub extern "C" fn rust_evict(target: u64) {
    for i in 0..10 {
        CACHE.insert(i)
    }
    CACHE.retain(|_| fits(target))
}

/// Its twin keeps it locked for as long as the work takes, and counts before.
#[no_mangle]
pub extern "C" fn rust_evict_slowly(work: Work) {
    let n = CACHE.len() as u64;
    if n < 2 {
        CACHE.insert(n)
    }
    let mut done = false;
    CACHE.retain(|_| {
        if !done {
            work()
        }
        done = true;
        n < 20
    })
}

#[no_mangle]
pub extern "C" fn rust_count() -> u64 {
    CACHE.len() as u64
}

struct Registry {
    names: std::sync::Mutex<Vec<u64>>,
}

static REGISTRY: Registry = Registry { names: std::sync::Mutex::new(Vec::new()) };

impl Registry {
    #[inline(never)]
    fn for_each(&self, f: &dyn Fn(u64)) {
        for name in self.names.lock().unwrap().iter() {
            f(*name)
        }
    }

    #[inline(never)]
    fn count(&self) -> usize {
        self.names.lock().unwrap().len()
    }
}

#[inline(never)]
fn report(name: u64) {
    println!("{} of {}", name, REGISTRY.count())
}

#[no_mangle]
pub extern "C" fn rust_list() {
    REGISTRY.names.lock().unwrap().push(1);
    REGISTRY.for_each(std::hint::black_box(&report))
}

/// A thread that parks, as the workers of a runtime do.
#[no_mangle]
pub extern "C" fn rust_park() {
    loop {
        std::thread::park()
    }
}
