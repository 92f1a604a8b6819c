package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"callbox/channels"
	"callbox/internal/officials"
	"callbox/outages"
)

// Alarm is something that officials must hear of while it lasts.
type Alarm struct {
	ID     int64     `json:"-"`
	Agency string    `json:"-"`
	Kind   string    `json:"-"`
	Object string    `json:"-"` // what it is about; with agency and kind there is one open alarm
	Opened time.Time `json:"-"`
	Rounds int       `json:"-"` // of wakes that are filed

	Mode outages.Mode   `json:"mode,omitempty"`
	Role officials.Role `json:"role"`          // who must hear of it
	Not  []string       `json:"not,omitempty"` // officials who cannot act on it
	Says string         `json:"says"`          // what it is, in one sentence
	Path string         `json:"path"`          // of the console's page
}

// Alarms returns the open alarms, oldest first.
func (s *Store) Alarms(ctx context.Context) ([]Alarm, error) {
	var out []Alarm
	rows, err := s.read.QueryContext(ctx, `SELECT id, agency, kind, object, data, opened, rounds FROM alarms WHERE closed = 0 ORDER BY id`)
	err = each(rows, err, func(r rowScanner) error {
		a, err := scanAlarm(r)
		out = append(out, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("alarms: %w", err)
	}
	return out, nil
}

func scanAlarm(r rowScanner) (a Alarm, err error) {
	var data []byte
	var opened int64
	if err := r.Scan(&a.ID, &a.Agency, &a.Kind, &a.Object, &data, &opened, &a.Rounds); err != nil {
		return a, err
	}
	a.Opened = fromMillis(opened)
	return a, json.Unmarshal(data, &a)
}

// OpenAlarm opens an alarm unless it is open already, in whichever process.
func (s *Store) OpenAlarm(ctx context.Context, a Alarm) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(t *tx) error {
		n, err := t.exec(`INSERT INTO alarms (agency, kind, object, data, opened) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (agency, kind, object) WHERE closed = 0 DO NOTHING`, a.Agency, a.Kind, a.Object, string(data), millis(s.now()))
		if err != nil {
			return fmt.Errorf("open alarm: %w", err)
		}
		if n == 0 {
			return nil
		}
		return t.audit(s.now(), officials.Entry{Agency: a.Agency, Actor: "system", Action: "alarm.open", Object: a.Kind + " " + a.Object, Detail: a.Says})
	})
}

// CloseAlarm closes an alarm that is over. One that was opened after the moment at which that was seen
// stays open.
func (s *Store) CloseAlarm(ctx context.Context, id int64, seen time.Time) error {
	return s.tx(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE alarms SET closed = $1 WHERE id = $2 AND closed = 0 AND opened <= $3`, millis(s.now()), id, millis(seen))
		return err
	})
}

// Wake is one word to one official by one way.
type Wake struct {
	Alarm    int64     `json:"-"`
	Round    int       `json:"round"` // from 0
	Official string    `json:"official"`
	Way      string    `json:"way"` // "email", or "push:" and the number of a device
	State    WakeState `json:"state"`
	Attempts int       `json:"attempts"`
	NextAt   time.Time `json:"next_at,omitzero"` // while it is to do: not before
	At       time.Time `json:"at,omitzero"`      // of the last attempt
	Reason   string    `json:"reason,omitempty"` // why it failed, without addresses or secrets
	lease    int64
}

// WakeState says how far a wake has come. The values are stored.
type WakeState int8

// The states of a wake.
const (
	WakeToDo    WakeState = 0
	WakeTaken   WakeState = 1 // the far side took it; that is not "read"
	WakeGivenUp WakeState = 2
)

func (w WakeState) String() string { return [...]string{"to do", "taken", "given up"}[w] }

// FileWakes writes the wakes of an alarm's next round, due now, and reports whether this process did it:
// of several that try, one does. Round is the number of rounds that the alarm had when it was read.
func (s *Store) FileWakes(ctx context.Context, alarm int64, round int, wakes []Wake) (mine bool, err error) {
	err = s.tx(ctx, func(t *tx) error {
		n, err := t.exec(`UPDATE alarms SET rounds = rounds + 1 WHERE id = $1 AND rounds = $2 AND closed = 0`, alarm, round)
		if mine = n == 1; err != nil || !mine {
			return err
		}
		for _, w := range wakes {
			if _, err := t.exec(`INSERT INTO wakes (alarm, round, official, way, next_at) VALUES ($1, $2, $3, $4, $5)`,
				alarm, round, w.Official, w.Way, millis(s.now())); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("file wakes: %w", err)
	}
	return mine, nil
}

// wakeLease is how long a process has for one attempt; then another may repeat it.
const wakeLease = time.Minute

// LeaseWake takes the wake that is due first, of an alarm that is still open, or returns ErrNotFound.
// Settle it within a minute.
func (s *Store) LeaseWake(ctx context.Context) (w Wake, a Alarm, err error) {
	err = s.tx(ctx, func(t *tx) error {
		now := millis(s.now())
		w.lease = millis(s.now().Add(wakeLease))
		err := t.row(`UPDATE wakes SET lease_until = $1, attempts = attempts + 1 WHERE state = 0 AND lease_until <= $2 AND (alarm, round, official, way) IN
			(SELECT w.alarm, w.round, w.official, w.way FROM wakes w JOIN alarms a ON a.id = w.alarm
				WHERE w.state = 0 AND w.next_at <= $3 AND w.lease_until <= $4 AND a.closed = 0 ORDER BY w.next_at, w.official, w.way LIMIT 1)
			RETURNING alarm, round, official, way, attempts`, []any{w.lease, now, now, now}, &w.Alarm, &w.Round, &w.Official, &w.Way, &w.Attempts)
		if err != nil {
			return err
		}
		row, err := t.QueryContext(t.ctx, `SELECT id, agency, kind, object, data, opened, rounds FROM alarms WHERE id = $1`, w.Alarm)
		return each(row, err, func(r rowScanner) (err error) {
			a, err = scanAlarm(r)
			return err
		})
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		err = fmt.Errorf("lease wake: %w", err)
	}
	return w, a, err
}

// SettleWake writes what came of an attempt. It changes nothing where the lease has lapsed and another
// process has it now.
func (s *Store) SettleWake(ctx context.Context, w Wake) error {
	return s.tx(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE wakes SET state = $1, next_at = $2, at = $3, reason = $4, lease_until = 0
			WHERE alarm = $5 AND round = $6 AND official = $7 AND way = $8 AND lease_until = $9`,
			w.State, millis(w.NextAt), millis(w.At), w.Reason, w.Alarm, w.Round, w.Official, w.Way, w.lease)
		return err
	})
}

// Wakes returns who was woken for what an alarm is about, oldest first.
func (s *Store) Wakes(ctx context.Context, agency, kind, object string) ([]Wake, error) {
	var out []Wake
	rows, err := s.read.QueryContext(ctx, `SELECT w.alarm, w.round, w.official, w.way, w.state, w.attempts, w.next_at, w.at, w.reason
		FROM alarms a JOIN wakes w ON w.alarm = a.id WHERE a.agency = $1 AND a.kind = $2 AND a.object = $3
		ORDER BY w.alarm, w.round, w.official, w.way`, agency, kind, object)
	err = each(rows, err, func(r rowScanner) error {
		var w Wake
		var next, at int64
		err := r.Scan(&w.Alarm, &w.Round, &w.Official, &w.Way, &w.State, &w.Attempts, &next, &at, &w.Reason)
		w.NextAt, w.At = fromMillis(next), fromMillis(at)
		out = append(out, w)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("wakes: %w", err)
	}
	return out, nil
}

// Waiting is a draft that waits for an approver, or was approved and is not issued yet.
type Waiting struct {
	outages.Draft
	Agency   string
	Mode     outages.Mode
	Approval *outages.Approval
	Since    time.Time
}

// Waiting returns the submitted and approved drafts of every agency, without their texts.
func (s *Store) Waiting(ctx context.Context) ([]Waiting, error) {
	var out []Waiting
	rows, err := s.read.QueryContext(ctx, `SELECT o.agency, o.mode, d.data, d.approval, d.changed FROM drafts d JOIN outages o ON o.id = d.outage
		WHERE d.state IN ('submitted', 'approved') ORDER BY d.changed, d.id`)
	err = each(rows, err, func(r rowScanner) error {
		var w Waiting
		var data []byte
		var approval string
		var since int64
		if err := r.Scan(&w.Agency, &w.Mode, &data, &approval, &since); err != nil {
			return err
		}
		if approval != "" {
			w.Approval = &outages.Approval{}
			if err := json.Unmarshal([]byte(approval), w.Approval); err != nil {
				return err
			}
		}
		w.Since = fromMillis(since)
		out = append(out, w)
		return json.Unmarshal(data, &out[len(out)-1].Draft)
	})
	if err != nil {
		return nil, fmt.Errorf("waiting drafts: %w", err)
	}
	return out, nil
}

// Halted is a lane that serves nobody until a person mends it.
type Halted struct {
	Lane    int64
	List    string
	Channel channels.Name
	Host    string
	Why     string
}

// Halted returns the lanes that are halted.
func (s *Store) Halted(ctx context.Context) ([]Halted, error) {
	var out []Halted
	rows, err := s.read.QueryContext(ctx, `SELECT id, list, channel, host, broken FROM lanes WHERE broken <> '' ORDER BY id`)
	err = each(rows, err, func(r rowScanner) error {
		var h Halted
		err := r.Scan(&h.Lane, &h.List, &h.Channel, &h.Host, &h.Why)
		out = append(out, h)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("halted lanes: %w", err)
	}
	return out, nil
}
