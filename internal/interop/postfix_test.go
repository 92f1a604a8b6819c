//go:build interop

package interop_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"callbox/channels/email"
	"callbox/channels/email/bounces"
	"callbox/internal/dispatch"
)

// Promise 7: a relay takes every mail at first. What a mailbox's own server said of it comes back later, in
// a mail that the relay writes. Some relays quote the return path in it; which delivery it is about must be
// told by the address it is sent to alone, so here Postfix does not.
func TestABounceOfPostfixRetiresTheRightAddress(t *testing.T) {
	mailboxes := startAiosmtpd(t)
	came := make(chan string, 16)
	relay := startPostfix(t, mailboxes.relay.Port, fmt.Sprintf(byLMTP, listenForBounces(t, came)))
	ch := mailer(t, relay)

	var want []string
	for i, c := range []struct{ to, becomes string }{
		{"gone.away@example.net", "5.1.1 gone"},   // says its server
		{"full.box@example.net", "5.2.2 refused"}, // says its server
		{"r2@away.example.net", "5.1.1 gone"},     // says Postfix itself
		{"j.morales@example.net", ""},             // taken
		{"gone.for.good@example.net", "5.1.1 gone"},
	} {
		m := letters(1)[0]
		m.Key, m.To = dispatch.Key(m.Bulletin.Outage, m.Bulletin.Seq, int64(1+i)), c.to
		if _, err := ch.Send(t.Context(), m); err != nil {
			t.Fatalf("Send to %s: %v, want it accepted: a relay does not know yet", c.to, err)
		}
		if c.becomes != "" {
			want = append(want, m.Key+" "+c.becomes)
		}
	}

	var got []string
	for range want {
		select {
		case report := <-came:
			got = append(got, report)
		case <-time.After(patience):
			t.Fatalf("%q came back in %v, want %q", got, patience, want)
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("%q came back, want %q", got, want)
	}
	if taken := mailboxes.next(t); !slices.Equal(taken.Recipients, []string{"j.morales@example.net"}) {
		t.Errorf("a mail to %q was taken, want that to j.morales@example.net", taken.Recipients)
	}
}

// listenForBounces starts a listener of ours, which tells what comes back to the channel of mailer, and
// returns its port.
func listenForBounces(t *testing.T, came chan<- string) (port int) {
	t.Helper()
	l := bounces.New(bounces.Config{
		ReturnPath: returnPath, Secret: bounceKey,
		Take: func(_ context.Context, key string, r bounces.Report) (bool, error) {
			if len(r.ReturnPaths) > 0 {
				t.Error("a bounce names the return path, want it told by the envelope alone")
			}
			came <- fmt.Sprintf("%s %s %v", key, r.Status, r.Verdict)
			return true, nil
		},
	})
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = l.Serve(on)
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return on.Addr().(*net.TCPAddr).Port
}

// An account and a group that every Debian has, for the parts of Postfix that do without root. It minds
// that they are not those of nobody, not what they are called.
const (
	postfixUser  = "mail"
	postfixGroup = "uucp"
)

// startPostfix starts a mail server with files of its own, which hands every mail to the server at a port of
// loopback, but those that further lines of main.cf lead elsewhere.
func startPostfix(t *testing.T, smtp int, more string) email.Relay {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("Postfix starts as root only")
	}
	dir, root, port := t.TempDir(), cached(t, "postfix"), freePort(t)
	layOut(t, dir)
	for name, text := range map[string]string{
		"main.cf":   fmt.Sprintf(mainCF, dir, root, postfixUser, postfixGroup, smtp) + more,
		"master.cf": fmt.Sprintf(masterCF, port),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	// A test binary that is killed does not take the server with it: the kernel forgets that about a process
	// that changes its user. It then ends after five minutes.
	cmd := exec.Command(filepath.Join(root, "usr", "lib", "postfix", "sbin", "master"), "-d", "-e", "300", "-c", dir)
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+filepath.Join(root, "usr", "lib", "postfix"))
	startPeer(t, cmd)
	await(t, "postfix", listens(fmt.Sprintf("127.0.0.1:%d", port)))
	return email.Relay{Host: "127.0.0.1", Port: port, TLS: email.Insecure}
}

// mainCF takes a folder, that of the package, a user, a group and a port.
const mainCF = `
compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
meta_directory = %[1]s
command_directory = %[2]s/usr/sbin
daemon_directory = %[2]s/usr/lib/postfix/sbin
shlib_directory = %[2]s/usr/lib/postfix
import_environment = MAIL_CONFIG LD_LIBRARY_PATH LANG=C
mail_owner = %[3]s
setgid_group = %[4]s
maillog_file = /dev/stdout

myhostname = relay.example.gov
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
smtp_host_lookup = native
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = no
alias_maps =
local_recipient_maps =
notify_classes =
smtp_connection_cache_on_demand = no
lmtp_connection_cache_on_demand = no
lmtp_nested_header_checks = regexp:{ {/^Return-Path:/ IGNORE} }
relayhost = [127.0.0.1]:%[5]d
recipient_delimiter = +
`

// byLMTP takes a port. It is the line of docs/operate.md, with a host beside it whose mailboxes are no more.
const byLMTP = `
transport_maps = inline:{ {bounces@bounce.example.gov=lmtp:inet:127.0.0.1:%d}, {away.example.net=error:5.1.1 no such mailbox} }
`

// masterCF takes a port.
const masterCF = `
127.0.0.1:%d inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr    unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce  unix - - n - 0 bounce
defer   unix - - n - 0 bounce
trace   unix - - n - 0 bounce
smtp    unix - - n - - smtp
lmtp    unix - - n - - lmtp
virtual unix - n n - - virtual
error   unix - - n - - error
retry   unix - - n - - error
anvil   unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
`

// layOut makes the folders of a queue (postfix-files(5)), for an account without root's powers.
func layOut(t *testing.T, dir string) {
	t.Helper()
	owner, err := user.Lookup(postfixUser)
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.Atoi(owner.Uid)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil { // t.TempDir's own, which is closed to others
		t.Fatal(err)
	}
	for _, name := range strings.Fields(`data queue/active queue/bounce queue/corrupt queue/defer queue/deferred queue/flush
		queue/hold queue/incoming queue/maildrop queue/pid queue/private queue/public queue/saved queue/trace`) {
		folder := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(folder, 0o755), os.Chown(folder, uid, -1)); err != nil {
			t.Fatal(err)
		}
	}
}
