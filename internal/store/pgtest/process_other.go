//go:build !linux

package pgtest

import (
	"os"
	"syscall"
)

// quit ends a server.
var quit = os.Interrupt

func besideUs() *syscall.SysProcAttr { return nil }

func own(string) error { return nil }

func holdThread() (release func()) { return func() {} }
