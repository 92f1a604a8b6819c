//go:build farsides

package main

import (
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// farsideClock is the wall clock, ahead or behind by what FARSIDE_CLOCK, a file, says at every moment, such
// as "1h" or "-10m". Tests step the clock of a running program with it. Without the variable it is nil:
// the wall clock.
func farsideClock() func() time.Time {
	file := os.Getenv("FARSIDE_CLOCK")
	if file == "" {
		return nil
	}
	var ahead atomic.Int64
	read := func() {
		text, err := os.ReadFile(file)
		if d, wrong := time.ParseDuration(strings.TrimSpace(string(text))); err == nil && wrong == nil {
			ahead.Store(int64(d))
		}
	}
	read()
	go func() {
		for range time.Tick(20 * time.Millisecond) {
			read()
		}
	}()
	return func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
}
