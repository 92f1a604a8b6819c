package pgtest

import (
	"os"
	"os/user"
	"runtime"
	"strconv"
	"syscall"
)

// quit ends a server at once.
const quit = syscall.SIGQUIT

// besideUs makes a process that ends with this one. The server refuses to run as root, so root runs it as
// another user.
func besideUs() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: quit}
	if uid, gid, other := someone(); other {
		a.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return a
}

// someone is whom root runs the server as.
func someone() (uid, gid int, other bool) {
	if os.Geteuid() != 0 {
		return 0, 0, false
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil {
			return uid, gid, true
		}
	}
	return 65534, 65534, true
}

// own gives the server its folder.
func own(dir string) error {
	if uid, gid, other := someone(); other {
		return os.Chown(dir, uid, gid)
	}
	return nil
}

// holdThread keeps the thread that starts a process: Linux sends the signal of a parent's death when the
// thread ends, not the process.
func holdThread() (release func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}
