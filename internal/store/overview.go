package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"callbox/areas"
	"callbox/channels"
)

// Overview counts subscribers without naming any: active addresses of one list.
type Overview struct {
	Channels    map[channels.Name]int `json:"channels"`
	Languages   map[string]int        `json:"languages"` // the best language of each subscriber
	Areas       map[areas.ID]int      `json:"areas"`     // who follows two areas counts in both
	Unconfirmed int                   `json:"unconfirmed"`
	Gone        int                   `json:"gone"` // addresses that their far side says do not exist any more
	Months      []Month               `json:"months"`
}

// Month counts the sign-ups of one month, of those who are still there.
type Month struct {
	Month string `json:"month"` // 2026-11, UTC
	New   int    `json:"new"`
}

// Overview counts the residents of a list; crowds are no residents.
func (s *Store) Overview(ctx context.Context, list string) (Overview, error) {
	out := Overview{Channels: map[channels.Name]int{}, Languages: map[string]int{}, Areas: map[areas.ID]int{}}
	rows, err := s.read.QueryContext(ctx, `SELECT l.channel, x.areas, r.active FROM roll r
		JOIN lanes l ON l.id = r.lane JOIN sets x ON x.id = r.set_id WHERE l.list = $1 AND x.crowd = 0 AND r.active > 0`, list)
	err = each(rows, err, func(r rowScanner) error {
		var ch channels.Name
		var ids string
		var n int
		if err := r.Scan(&ch, &ids, &n); err != nil {
			return err
		}
		out.Channels[ch] += n
		for id := range strings.SplitSeq(ids, ",") {
			out.Areas[areas.ID(id)] += n
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("count by channel and area: %w", err)
	}
	rows, err = s.read.QueryContext(ctx, `SELECT a.state, COUNT(*) FROM addresses a JOIN subscribers p ON p.id = a.subscriber
		WHERE a.list = $1 AND p.crowd = 0 AND a.state IN (0, 2) GROUP BY a.state`, list)
	err = each(rows, err, func(r rowScanner) error {
		var state, n int
		if err := r.Scan(&state, &n); err != nil {
			return err
		}
		if state == 0 {
			out.Unconfirmed = n
		} else {
			out.Gone = n
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("count by state: %w", err)
	}
	return out, s.overviewPeople(ctx, list, &out)
}

// daily is a day in milliseconds: SQL that both databases understand groups by it, and the days are
// added up to months here.
const daily = int64(24 * time.Hour / time.Millisecond)

func (s *Store) overviewPeople(ctx context.Context, list string, out *Overview) error {
	rows, err := s.read.QueryContext(ctx, `SELECT p.langs, p.created / $2, COUNT(*) FROM subscribers p
		WHERE p.list = $1 AND p.crowd = 0 AND EXISTS (SELECT 1 FROM addresses a WHERE a.subscriber = p.id AND a.state = 1)
		GROUP BY p.langs, p.created / $2 ORDER BY 2`, list, daily)
	err = each(rows, err, func(r rowScanner) error {
		var langs string
		var day int64
		var n int
		if err := r.Scan(&langs, &day, &n); err != nil {
			return err
		}
		best, _, _ := strings.Cut(langs, ",")
		out.Languages[best] += n
		month := fromMillis(day * daily).Format("2006-01")
		if last := len(out.Months) - 1; last >= 0 && out.Months[last].Month == month {
			out.Months[last].New += n
		} else {
			out.Months = append(out.Months, Month{month, n})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("count by language and month: %w", err)
	}
	return nil
}
