//go:build interop

package interop_test

import (
	"time"

	"callbox/channels"
	"callbox/channels/channeltest"
)

// fresh makes a message of the kit, issued now: real peers look at the clock.
func fresh(s channeltest.Sample) channels.Message {
	m := s.Message()
	m.Bulletin.Issued = time.Now().UTC().Truncate(time.Second)
	m.Bulletin.Expires = m.Bulletin.Issued.Add(4 * time.Hour)
	return m
}
