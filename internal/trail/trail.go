// Package trail keeps a second copy of the audit trail: a file that is only ever appended to, so that
// whoever can change the database cannot change what it says happened without being found out.
//
// Entries are chained by their hashes (see [officials.Link]). A change of one byte breaks the chain from
// there on; a chain that was made anew from there differs from the copy.
package trail

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"callbox/internal/officials"
)

// Line is one entry as it is stored.
type Line struct {
	Seq  int64           `json:"seq"`
	Text json.RawMessage `json:"entry"` // officials.Entry, byte for byte what the hash covers
	Hash []byte          `json:"hash"`
}

// Source is where the trail is written first.
type Source interface {
	// Trail calls f for every line after a sequence number, oldest first, without judging them.
	Trail(ctx context.Context, after int64, f func(Line) error) error
}

// Broken is the error of a trail that was tampered with or damaged.
type Broken struct {
	Seq  int64 // the first entry that is not as it was written
	Text string
}

func (b *Broken) Error() string { return fmt.Sprintf("audit entry %d: %s", b.Seq, b.Text) }

// chain follows lines and says where they do not follow from each other.
type chain struct {
	seq  int64
	hash []byte
}

func (c *chain) follow(l Line) error {
	switch {
	case l.Seq != c.seq+1:
		return &Broken{c.seq + 1, fmt.Sprintf("it is missing; entry %d comes next", l.Seq)}
	case !bytes.Equal(officials.Link(c.hash, l.Text), l.Hash):
		return &Broken{l.Seq, "it, or the one before it, is not as it was written"}
	}
	var e officials.Entry
	if err := json.Unmarshal(l.Text, &e); err != nil || e.Seq != l.Seq {
		return &Broken{l.Seq, "it cannot be read"}
	}
	c.seq, c.hash = l.Seq, l.Hash
	return nil
}

// Verified says how far a trail was found whole.
type Verified struct {
	Entries int64 `json:"entries"`
	Copied  int64 `json:"copied"` // of these in the second copy; 0 without one
}

// Verify follows the whole trail, and the copy in a file beside it where there is one; an empty name means
// none. The error is a [*Broken] where either was changed, or where they differ.
func Verify(ctx context.Context, s Source, file string) (Verified, error) {
	second, err := open(file)
	if err != nil {
		return Verified{}, err
	}
	defer second.close()
	var v Verified
	var first chain
	err = s.Trail(ctx, 0, func(l Line) error {
		if err := first.follow(l); err != nil {
			return err
		}
		v.Entries = l.Seq
		copied, err := second.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case !bytes.Equal(copied.Text, l.Text) || !bytes.Equal(copied.Hash, l.Hash):
			return &Broken{l.Seq, "the database and the copy tell it differently"}
		}
		v.Copied = l.Seq
		return nil
	})
	if err != nil {
		return v, err
	}
	if l, err := second.next(); err == nil {
		return v, &Broken{l.Seq, "the copy has it, and the database has lost it"}
	} else if !errors.Is(err, io.EOF) {
		return v, err
	}
	return v, nil
}

// reader reads a copy line by line, and follows its chain.
type reader struct {
	file  *os.File
	lines *bufio.Reader
	chain chain
}

// open opens a copy; without a name, or while there is no file yet, it is empty.
func open(name string) (*reader, error) {
	if name == "" {
		return &reader{lines: bufio.NewReader(bytes.NewReader(nil))}, nil
	}
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return open("")
	}
	if err != nil {
		return nil, fmt.Errorf("copy of the audit trail: %w", err)
	}
	return &reader{file: f, lines: bufio.NewReader(f)}, nil
}

func (r *reader) close() {
	if r.file != nil {
		_ = r.file.Close() // it was only read
	}
}

// next returns the next line, or io.EOF. A last line that was cut off by a crash does not count: it is
// written again.
func (r *reader) next() (Line, error) {
	data, err := r.lines.ReadBytes('\n')
	if err != nil {
		return Line{}, err
	}
	var l Line
	if err := json.Unmarshal(data, &l); err != nil {
		return Line{}, &Broken{r.chain.seq + 1, "its copy cannot be read"}
	}
	return l, r.chain.follow(l)
}

// Copy is the second copy while it is written. One process writes a file.
type Copy struct {
	name string
	last chain
	size int64 // of the file, up to the end of its last whole line
}

// OpenCopy finds the end of a copy; the file is made with its first entry.
func OpenCopy(name string) (*Copy, error) {
	c := &Copy{name: name}
	r, err := open(name)
	if err != nil {
		return nil, err
	}
	defer r.close()
	for {
		data, err := r.lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return nil, fmt.Errorf("copy of the audit trail: %w", err)
		}
		var l Line
		if err := json.Unmarshal(data, &l); err != nil {
			return nil, &Broken{c.last.seq + 1, "its copy cannot be read"}
		}
		c.last = chain{l.Seq, l.Hash}
		c.size += int64(len(data))
	}
}

// Follow appends what the copy lacks, synced to disk. It refuses, with a [*Broken], to go on from an end
// that the database does not know: that would cover up which of the two was changed.
func (c *Copy) Follow(ctx context.Context, s Source) error {
	var out bytes.Buffer
	at, known := c.last, c.last.seq == 0
	err := s.Trail(ctx, max(c.last.seq-1, 0), func(l Line) error {
		if l.Seq == c.last.seq {
			if known = bytes.Equal(l.Hash, c.last.hash); !known {
				return &Broken{l.Seq, "the database and the copy tell it differently"}
			}
			return nil
		}
		if err := at.follow(l); err != nil {
			return err
		}
		data, err := json.Marshal(l)
		out.Write(append(data, '\n'))
		return err
	})
	if err == nil && !known {
		err = &Broken{c.last.seq, "the copy has it, and the database has lost it"}
	}
	if err != nil || out.Len() == 0 {
		return err
	}
	if err := c.write(out.Bytes()); err != nil {
		return fmt.Errorf("copy of the audit trail: %w", err)
	}
	c.last, c.size = at, c.size+int64(out.Len())
	return nil
}

// write appends lines. Half a line, from a crash, goes first; else the file is only appended to, so that
// its system may forbid everything else (chattr +a).
func (c *Copy) write(lines []byte) (err error) {
	f, err := os.OpenFile(c.name, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() > c.size {
		if err := f.Truncate(c.size); err != nil {
			return err
		}
	}
	if _, err := f.Write(lines); err != nil {
		return err
	}
	return f.Sync()
}
