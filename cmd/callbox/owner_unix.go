//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// ownLike gives a file to the owner of another that it will replace: root may do what the service must read.
func ownLike(file string, other fs.FileInfo) error {
	o, ok := other.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("the owner of the file is not known")
	}
	return os.Lchown(file, int(o.Uid), int(o.Gid))
}
