//go:build unix

package email_test

import (
	"bufio"
	"fmt"
	"net/smtp"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"callbox/channels"
	"callbox/channels/email"
	"callbox/channels/email/mailtest"
)

// sinkEnv makes the test binary a mail server, so that its CPU is not counted as ours.
const sinkEnv = "CALLBOX_MAIL_SINK"

func TestMain(m *testing.M) {
	if os.Getenv(sinkEnv) == "" {
		os.Exit(m.Run())
	}
	s, err := mailtest.Start(mailtest.Options{Forget: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(s.Port())
	bufio.NewReader(os.Stdin).ReadByte() // until the benchmark ends
}

// sink starts a mail server in another process and returns its port.
func sink(b *testing.B) int {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), sinkEnv+"=1")
	stop, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { stop.Close(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	port, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		b.Fatal(err)
	}
	return port
}

// cpu is the time that this process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measure runs the loop of b with a number of callers and reports the CPU for each mail.
func measure(b *testing.B, callers int, send func(caller, i int) error) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	before := cpu(b)
	b.ResetTimer()
	for caller := range callers {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := send(caller, int(i)); err != nil {
					b.Errorf("mail %d: %v", i, err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/mail")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// benchmarkConnections are open at once, in every variant.
const benchmarkConnections = 16

func numbered(m channels.Message, i int) channels.Message {
	m.Key = "o-2026-1113.1." + strconv.Itoa(i)
	m.To = "resident" + strconv.Itoa(i) + "@example.net"
	return m
}

// BenchmarkSend sets the channel beside net/smtp with connections kept and a mail rendered beforehand:
// it composes every mail, and should still need less CPU.
func BenchmarkSend(b *testing.B) {
	port := sink(b)
	b.Run("callbox", func(b *testing.B) {
		cfg := settings(email.Relay{Host: "127.0.0.1", Port: port, TLS: email.Insecure})
		cfg.Connections, cfg.Timeouts, cfg.MailsPerConnection = benchmarkConnections, email.Timeouts{}, 1<<30
		c := open(b, cfg)
		m := message("k")
		measure(b, 4*benchmarkConnections, func(_, i int) error {
			_, err := c.Send(b.Context(), numbered(m, i))
			return err
		})
	})
	b.Run("net-smtp", func(b *testing.B) {
		raw, err := email.Compose(message("k"), sender)
		if err != nil {
			b.Fatal(err)
		}
		clients := make([]*smtp.Client, benchmarkConnections)
		for i := range clients {
			if clients[i], err = smtp.Dial(fmt.Sprintf("127.0.0.1:%d", port)); err != nil {
				b.Fatal(err)
			}
			defer clients[i].Close()
		}
		measure(b, benchmarkConnections, func(caller, i int) error {
			return sendByNetSMTP(clients[caller], "resident"+strconv.Itoa(i)+"@example.net", raw)
		})
	})
}

func sendByNetSMTP(c *smtp.Client, to string, raw []byte) error {
	if err := c.Mail("bounces@bounce.example.org"); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(raw); err != nil {
		return err
	}
	return w.Close()
}

// BenchmarkCompose sets a whole rendering beside the splicing of one reader's own parts.
func BenchmarkCompose(b *testing.B) {
	m := message("k")
	b.Run("render", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			if _, err := email.Compose(numbered(m, i), sender); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("splice", func(b *testing.B) {
		b.ReportAllocs()
		c := open(b, settings(email.Relay{Host: "smtp.example.org"}))
		for i := range b.N {
			if _, err := c.Compose(numbered(m, i)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
