//go:build interop

package interop_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"testing"
)

// marionette drives Firefox: its own remote protocol, commands of WebDriver as JSON over a socket, each
// behind its length and a colon.
type marionette struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	last int
}

// marionettePort is where Firefox listens when nothing else is said.
const marionettePort = "127.0.0.1:2828"

// drive begins a session with the browser that was opened with --marionette.
func drive(t *testing.T) *marionette {
	t.Helper()
	await(t, "Marionette", listens(marionettePort))
	conn, err := net.Dial("tcp", marionettePort)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	m := &marionette{t: t, conn: conn, in: bufio.NewReader(conn)}
	m.read() // what it is
	m.do("WebDriver:NewSession", map[string]any{})
	return m
}

// do gives a command and returns its result.
func (m *marionette) do(command string, parameters any) json.RawMessage {
	m.t.Helper()
	m.last++
	body, err := json.Marshal([]any{0, m.last, command, parameters})
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(m.conn, "%d:%s", len(body), body); err != nil {
		m.t.Fatalf("%s: %v", command, err)
	}
	var answer [4]json.RawMessage // type, number, error, result
	if err := json.Unmarshal(m.read(), &answer); err != nil {
		m.t.Fatalf("%s: %v", command, err)
	}
	if string(answer[2]) != "null" {
		m.t.Fatalf("%s: %s", command, answer[2])
	}
	return answer[3]
}

func (m *marionette) read() []byte {
	m.t.Helper()
	length, err := m.in.ReadString(':')
	if err != nil {
		m.t.Fatalf("Marionette: %v", err)
	}
	n, err := strconv.Atoi(length[:len(length)-1])
	if err != nil {
		m.t.Fatalf("Marionette: a message of length %q", length)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(m.in, body); err != nil {
		m.t.Fatalf("Marionette: %v", err)
	}
	return body
}

// eval returns the value of a script in the page, awaited if it is a promise.
func eval[T any](m *marionette, script string) T {
	m.t.Helper()
	var out struct{ Value T }
	result := m.do("WebDriver:ExecuteScript", map[string]any{"script": "return " + script, "args": []any{}})
	if err := json.Unmarshal(result, &out); err != nil {
		m.t.Fatalf("%s: %v in %s", script, err, result)
	}
	return out.Value
}

// click clicks an element, as a person does.
func (m *marionette) click(selector string) {
	m.t.Helper()
	var found struct{ Value map[string]string }
	result := m.do("WebDriver:FindElement", map[string]any{"using": "css selector", "value": selector})
	if err := json.Unmarshal(result, &found); err != nil {
		m.t.Fatalf("%s: %v in %s", selector, err, result)
	}
	for _, id := range found.Value {
		m.do("WebDriver:ElementClick", map[string]any{"id": id})
	}
}
