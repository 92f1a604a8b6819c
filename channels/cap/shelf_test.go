package cap_test

import (
	"testing"

	"callbox/channels/cap"
	"callbox/channels/cap/shelftest"
)

func TestTheMemoryShelfKeepsThePromisesOfAShelf(t *testing.T) {
	shelftest.Run(t, func(*testing.T) cap.Shelf { return &cap.Memory{} })
}
