package bounces

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// readEvery is how often a mailbox is looked into.
const readEvery = 10 * time.Second

// Watch empties a mailbox again and again until ctx ends. That it cannot is logged once, until it can again.
func (in *Intake) Watch(ctx context.Context, maildir string) {
	if _, err := os.Stat(maildir); err != nil { // the mail server may make it with the first mail
		in.cfg.Log.Warn("the mailbox for mails that come back is not there yet", "why", err)
	}
	tick := time.NewTicker(readEvery)
	defer tick.Stop()
	for failing := false; ; {
		err := in.Empty(ctx, maildir)
		if err != nil && !failing && ctx.Err() == nil {
			in.cfg.Log.Error("mails that came back cannot be read and wait in their mailbox", "why", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Empty takes every mail out of a mailbox in the Maildir format, of which a mail server makes one file each.
// They are deleted, useful or not: they hold addresses of residents. One that comes early stays for the next
// time. It ends at the first one that could not be written down; that one and those behind it stay too. A
// mailbox that is not there yet is empty.
func (in *Intake) Empty(ctx context.Context, maildir string) error {
	root, err := os.OpenRoot(maildir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the mailbox: %w", err)
	}
	defer root.Close()
	for _, folder := range []string{"new", "cur"} { // cur: somebody has looked into it
		mails, err := fs.ReadDir(root.FS(), folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("list the mailbox: %w", err)
		}
		for _, m := range mails {
			if !m.Type().IsRegular() || strings.HasPrefix(m.Name(), ".") {
				continue
			}
			if err := in.takeFile(ctx, root, path.Join(folder, m.Name())); err != nil && !errors.Is(err, ErrEarly) {
				return fmt.Errorf("a mail that came back: %w", err)
			}
		}
	}
	return nil
}

// takeFile takes one mail and deletes it. One that another process took meanwhile is no error.
func (in *Intake) takeFile(ctx context.Context, root *os.Root, name string) error {
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := in.take(ctx, nil, io.LimitReader(f, maxReport)); err != nil {
		return err
	}
	if err := root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
