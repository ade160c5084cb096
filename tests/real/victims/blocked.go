// SPDX-License-Identifier: GPL-2.0

// Threads that block in the kernel, each with a goroutine of its own on it.
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

//go:noinline
func deep(n int, f func()) int {
	if n == 0 {
		f()
		return 0
	}
	return deep(n-1, f) + 1
}

func start(depth int, f func()) {
	go func() {
		runtime.LockOSThread()
		deep(depth, f)
	}()
}

func main() {
	var fds [2]int
	if syscall.Pipe(fds[:]) != nil {
		os.Exit(1)
	}
	for i := 0; i < 8; i++ {
		start(5*i, func() {
			var b [1]byte
			syscall.Read(fds[0], b[:])
		})
		start(i, func() { syscall.Select(0, nil, nil, nil, nil) })
		start(i, func() { time.Sleep(time.Hour) }) // its thread waits in the scheduler
		start(i, func() { <-make(chan int) })
	}
	time.Sleep(300 * time.Millisecond)
	fmt.Println("ready")
	var b [1]byte
	syscall.Read(0, b[:])
}
