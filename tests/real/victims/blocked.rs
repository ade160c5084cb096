// SPDX-License-Identifier: GPL-2.0
//! Threads that block in as many ways as the standard library has.
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier, Condvar, Mutex, RwLock};
use std::{io, io::Read, panic, ptr, thread, time::Duration};

/// Blocks while it is dropped: in the middle of unwinding after a panic.
struct BlocksWhenDropped(Arc<Mutex<u64>>);

impl Drop for BlocksWhenDropped {
    fn drop(&mut self) {
        let _guard = self.0.lock();
    }
}

#[inline(never)]
fn deep(n: u32, f: &dyn Fn()) -> u32 {
    if n == 0 {
        f();
        return 0;
    }
    let n = deep(n - 1, f);
    unsafe { ptr::read_volatile(&n) + 1 } // what keeps it from becoming a loop
}

fn start<F: Fn() + Send + 'static>(name: &str, depth: u32, f: F) {
    thread::Builder::new()
        .name(name.to_string())
        .spawn(move || {
            deep(depth, &f);
        })
        .unwrap();
}

fn main() {
    let mutex = Arc::new(Mutex::new(0u64));
    let rwlock = Arc::new(RwLock::new(String::new()));
    let _held = mutex.lock().unwrap();
    let _written = rwlock.write().unwrap();

    panic::set_hook(Box::new(|_| ()));
    for i in 0..6 {
        let (m, r) = (mutex.clone(), rwlock.clone());
        start("mutex", 5 * i, move || drop(m.lock()));
        start("rwlock", 5 * i, move || drop(r.read()));
        start("sleep", i, || thread::sleep(Duration::from_secs(1000)));
        start("channel", i, || drop(channel::<u8>().1.recv_timeout(Duration::from_secs(1000))));
        start("park", i, thread::park);
        start("barrier", i, || drop(Barrier::new(2).wait()));
        start("condvar", i, || drop(Condvar::new().wait(Mutex::new(1).lock().unwrap())));
        let m = mutex.clone();
        start("drop", i, move || {
            let blocks = BlocksWhenDropped(m.clone());
            drop(panic::catch_unwind(panic::AssertUnwindSafe(move || {
                let _blocks = blocks;
                panic!("as it should");
            })));
        });
    }
    println!("ready");
    drop(io::stdin().read(&mut [0u8]));
}
