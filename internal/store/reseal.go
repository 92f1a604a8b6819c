package store

import (
	"context"
	"encoding/hex"
	"fmt"
)

// SealedBy counts what the database holds sealed (addresses, officials' devices and code apps) by the key
// that sealed it, as [callbox/subscribers.Sealer.KeyOf] names keys.
func (s *Store) SealedBy(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	for _, table := range []string{"addresses", "official_devices", "codes"} {
		// The ID stands behind the byte of the version.
		rows, err := s.read.QueryContext(ctx, `SELECT substr(sealed, 2, 4), COUNT(*) FROM `+table+` WHERE sealed IS NOT NULL GROUP BY 1`)
		err = each(rows, err, func(r rowScanner) error {
			var id []byte
			var n int
			err := r.Scan(&id, &n)
			out[hex.EncodeToString(id)] += n
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("sealed by: %w", s.explain(err))
		}
	}
	return out, nil
}

// Resealed is what one call of [Store.Reseal] did.
type Resealed struct {
	Last   int64 // the address that was looked at last
	Seen   int   // addresses that were looked at: fewer than the most at the end
	Anew   int   // that were sealed anew
	Closed int   // that no key opens: they stay as they are
}

// Reseal seals addresses anew that an older key sealed: at most so many, behind an ID, in one transaction. It
// may be called again from the start at any time.
func (s *Store) Reseal(ctx context.Context, after int64, most int) (did Resealed, err error) {
	err = s.tx(ctx, func(t *tx) error {
		did = Resealed{Last: after}
		rows, err := t.query(`SELECT id, sealed FROM addresses WHERE id > $1 AND sealed IS NOT NULL ORDER BY id LIMIT $2`, after, most)
		anew := map[int64][]byte{}
		err = each(rows, err, func(r rowScanner) error {
			var sealed []byte
			if err := r.Scan(&did.Last, &sealed); err != nil {
				return err
			}
			did.Seen++
			s.renew(sealed, s.sealer.Renew, &did, func(fresh []byte) { anew[did.Last] = fresh })
			return nil
		})
		if err != nil {
			return err
		}
		for id, sealed := range anew {
			if err := t.must(`UPDATE addresses SET sealed = $1 WHERE id = $2`, sealed, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return did, fmt.Errorf("seal addresses anew: %w", err)
	}
	return did, nil
}

// ResealOfficials seals anew what is kept of officials, their devices and code apps, in one transaction.
func (s *Store) ResealOfficials(ctx context.Context) (did Resealed, err error) {
	err = s.tx(ctx, func(t *tx) error {
		did = Resealed{}
		code := func(sealed []byte) ([]byte, error) { return s.sealer.RenewFor(codePurpose, sealed) }
		for _, kind := range []struct {
			read, write string
			renew       func([]byte) ([]byte, error)
		}{
			{`SELECT id, sealed FROM official_devices`, `UPDATE official_devices SET sealed = $1 WHERE id = $2`, s.sealer.Renew},
			{`SELECT official, sealed FROM codes`, `UPDATE codes SET sealed = $1 WHERE official = $2`, code},
		} {
			anew := map[any][]byte{}
			rows, err := t.query(kind.read)
			err = each(rows, err, func(r rowScanner) error {
				var id any
				var sealed []byte
				err := r.Scan(&id, &sealed)
				s.renew(sealed, kind.renew, &did, func(fresh []byte) { anew[id] = fresh })
				return err
			})
			if err != nil {
				return err
			}
			for id, sealed := range anew {
				if err := t.must(kind.write, sealed, id); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return did, fmt.Errorf("seal officials' devices and code apps anew: %w", err)
	}
	return did, nil
}

// renew seals something anew unless the newest key sealed it, and keeps count.
func (s *Store) renew(sealed []byte, how func([]byte) ([]byte, error), did *Resealed, keep func([]byte)) {
	if s.sealer.Newest(sealed) {
		return
	}
	fresh, err := how(sealed)
	if err != nil {
		did.Closed++
		return
	}
	did.Anew++
	keep(fresh)
}
