//go:build farsides

package main

import (
	"os"

	"callbox/channels"
)

// loopbackFarSides points every channel at loopback, and only there: this is not the program that
// agencies run, but the one that the tests of the whole binary do.
func loopbackFarSides() (farSides, error) {
	return farSides{client: channels.NewClient(channels.Loopback()), discord: os.Getenv("FARSIDE_DISCORD"), now: farsideClock(), page: true}, nil
}
