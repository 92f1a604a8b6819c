package beside

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// rate counts the answers that the readers get in a turn, per second.
func (p Page) rate(b *testing.B, address string, a ask) float64 {
	header := a.header
	if strings.Contains(header, "%s") {
		header = fmt.Sprintf(header, p.tagAt(b, address))
	}
	request := []byte("GET " + p.URI + " HTTP/1.1\r\nHost: " + address + "\r\nAccept-Language: en-US,en;q=0.9,es;q=0.8\r\n" + header + "\r\n")
	var answers atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range readers {
		all.Go(func() {
			n, err := askAgain(address, request, a.status, began.Add(turn))
			if answers.Add(int64(n)); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
	return float64(answers.Load()) / time.Since(began).Seconds()
}

// askAgain sends one request over and over, and reads the answers with as little work as can be.
func askAgain(address string, request []byte, status int, until time.Time) (int, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	in, want := bufio.NewReaderSize(c, 64<<10), "HTTP/1.1 "+strconv.Itoa(status)
	for n := 0; ; n++ {
		if time.Now().After(until) {
			return n, nil
		}
		if _, err := c.Write(request); err != nil {
			return n, err
		}
		length := 0
		for first := true; ; first = false {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return n, err
			}
			if first && !bytes.HasPrefix(line, []byte(want)) {
				return n, fmt.Errorf("answer %q, want %s", line, want)
			}
			if len(line) == 2 {
				break
			}
			length = max(length, lengthIn(line))
		}
		if _, err := in.Discard(length); err != nil {
			return n, err
		}
	}
}
