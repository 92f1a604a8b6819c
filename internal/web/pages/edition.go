package pages

import (
	"context"
	"fmt"
	"sync"
	"time"

	"callbox/internal/desk"
	"callbox/internal/web/answer"
	"callbox/outages"
)

// edition is one state of what the public may know, with the answers that were made of it.
type edition struct {
	board *desk.Board
	at    time.Time // when it was known to be the newest, to the minute

	mu      sync.Mutex
	answers map[answerKey]*answer.Answer
}

// answerKey is the minute that an answer is good for, and its name.
type answerKey struct {
	minute int64
	name   string
}

const (
	// maxAnswers bounds the answers that are kept; those beyond are made for each request.
	maxAnswers = 2000
	// boardAge is after which time a board is read anew although no bulletin was issued: outages leave it.
	boardAge = 10 * time.Minute
	// staleAfter is when a page must say that it could not be renewed.
	staleAfter = 2 * time.Minute
)

// Refresh renews what is served if anything was issued since, or the minute has changed.
func (p *Pages) Refresh(ctx context.Context) error {
	version, err := p.Desk.Store.BoardVersion(ctx)
	if err != nil {
		return fmt.Errorf("ask for the version of the board: %w", err)
	}
	now := p.Now()
	e := p.current.Load()
	switch {
	case e == nil || e.board.Version != version || now.Sub(e.board.At) > boardAge:
		board, err := p.Desk.Board(ctx, outages.Live)
		if err != nil {
			return fmt.Errorf("read the board: %w", err)
		}
		p.current.Store(newEdition(board, now))
	case !e.at.Equal(now.Truncate(time.Minute)):
		p.current.Store(newEdition(e.board, now))
	}
	return nil
}

func newEdition(b *desk.Board, now time.Time) *edition {
	return &edition{board: b, at: now.Truncate(time.Minute), answers: map[answerKey]*answer.Answer{}}
}

// staleAt reports whether the edition is older than readers may think.
func (e *edition) staleAt(now time.Time) bool { return now.Sub(e.at) > staleAfter }

// answer returns a kept answer, or makes it. Answers are good for the minute they are made in: what is
// overdue changes without any bulletin.
func (e *edition) answer(key string, now time.Time, build func() (*answer.Answer, error)) (*answer.Answer, error) {
	at := answerKey{now.Unix() / 60, key}
	e.mu.Lock()
	kept := e.answers[at]
	e.mu.Unlock()
	if kept != nil {
		return kept, nil
	}
	made, err := build()
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.answers) >= maxAnswers {
		clear(e.answers)
	}
	e.answers[at] = made
	return made, nil
}
