package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"callbox/internal/store"
)

// backupMost is how old the newest backup may be.
const backupMost = 24 * time.Hour

// readyBackup says how far back a restore would lead.
func (d *Desk) readyBackup(ctx context.Context) (Check, error) {
	last, err := d.Store.LastBackup(ctx)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Check{"backup", false, "there is none; a lost disk would lose every subscriber: callbox backup --to FILE, every night"}, nil
	case err != nil:
		return Check{}, err
	}
	age := d.Now().Sub(last.Made)
	text := fmt.Sprintf("the recovery point is %s UTC", last.Made.Format("2006-01-02 15:04"))
	if age > backupMost {
		return Check{"backup", false, fmt.Sprintf("%s, %d hours ago: callbox backup --to FILE, every night", text, int(age.Hours()))}, nil
	}
	return Check{"backup", true, text}, nil
}
