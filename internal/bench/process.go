package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// The hidden verb that makes a process one part of a benchmark: callbox bench-part NAME.
const partVerb = "bench-part"

// parts are what a child process can be. Each reads what it needs from a JSON value and says what came
// of it by say, which may be called more than once.
var parts = map[string]func(ctx context.Context, spec json.RawMessage, say func(any) error) error{
	"push-sink":    part(pushSink),
	"mail-sink":    part(mailSink),
	"delay":        part(delay),
	"enrol":        part(enrol),
	"send":         part(send),
	"settle":       part(settle),
	"rows":         part(rows),
	"first":        part(first),
	"mail-floor":   part(mailFloor),
	"push-library": part(pushLibrary),
	"push-floor":   part(pushFloor),
	"render":       part(render),
	"feed":         part(feedPart),
	"work":         part(work),
	"busy":         part(busy),
	"mail-tally":   part(mailTally),
	"readers":      part(readers),
}

func part[T any](f func(context.Context, T, func(any) error) error) func(context.Context, json.RawMessage, func(any) error) error {
	return func(ctx context.Context, raw json.RawMessage, say func(any) error) error {
		var spec T
		if err := json.Unmarshal(raw, &spec); err != nil {
			return err
		}
		return f(ctx, spec, say)
	}
}

// Part makes this process one part of a benchmark. It reads its task, one JSON value, from in, answers
// on out, and stops when in ends: a part does not outlive who started it.
func Part(ctx context.Context, name string, in io.Reader, out io.Writer) error {
	f, ok := parts[name]
	if !ok {
		return fmt.Errorf("bench: no part %q", name)
	}
	lines := bufio.NewReader(in)
	spec, err := lines.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("bench: %s: its task: %w", name, err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		stop()
	}()
	answers := json.NewEncoder(out)
	if err := f(ctx, spec, answers.Encode); err != nil {
		return fmt.Errorf("bench: %s: %w", name, err)
	}
	return nil
}

// child is a part at work.
type child struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
	err  strings.Builder
}

// start starts a part as a process of its own.
func start(ctx context.Context, name string, spec any) (*child, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	task, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	c := &child{name: name, cmd: exec.CommandContext(ctx, exe, partVerb, name)}
	c.cmd.Stderr = &c.err
	c.cmd.WaitDelay = 5 * time.Second
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = json.NewDecoder(out)
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if _, err := c.in.Write(append(task, '\n')); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), c.end())
	}
	return c, nil
}

// hear waits for the part's next answer.
func (c *child) hear(into any) error {
	if err := c.out.Decode(into); err != nil {
		return errors.Join(fmt.Errorf("%s did not answer: %w", c.name, err), c.end())
	}
	return nil
}

// end lets the part finish and waits for it.
func (c *child) end() error {
	_ = c.in.Close()
	if err := c.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w: %s", c.name, err, strings.TrimSpace(c.err.String()))
	}
	return nil
}

// ask starts a part, waits for its one answer and for its end.
func ask[T any](ctx context.Context, name string, spec any) (answer T, err error) {
	c, err := start(ctx, name, spec)
	if err != nil {
		return answer, err
	}
	if err := c.hear(&answer); err != nil {
		return answer, err
	}
	return answer, c.end()
}
