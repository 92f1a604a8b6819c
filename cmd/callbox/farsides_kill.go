//go:build farsides

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"modernc.org/sqlite"
)

// FARSIDE_KILL_AT=table:n kills this process, as SIGKILL does, at the n-th change of a table: in the middle
// of the transaction that makes it. Several stand with commas between them. Tests use it to hit moments
// that a kill from outside rarely does.
func init() {
	left := map[string]*atomic.Int64{}
	for point := range strings.SplitSeq(os.Getenv("FARSIDE_KILL_AT"), ",") {
		table, number, _ := strings.Cut(point, ":")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			left[table] = new(atomic.Int64)
			left[table].Store(n)
		}
	}
	if len(left) == 0 {
		return
	}
	sqlite.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, _ string) error {
		if c, ok := conn.(sqlite.HookRegisterer); ok {
			c.RegisterPreUpdateHook(func(d sqlite.SQLitePreUpdateData) {
				if n := left[d.TableName]; n != nil && n.Add(-1) == 0 {
					fmt.Fprintln(os.Stderr, "killed at", d.TableName)
					_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
					select {} // the signal comes
				}
			})
		}
		return nil
	})
}
