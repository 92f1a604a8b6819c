package store

import (
	"testing"

	"callbox/channels/cap"
	"callbox/channels/cap/shelftest"
)

func TestTheStoreKeepsThePromisesOfAShelf(t *testing.T) {
	shelftest.Run(t, func(t *testing.T) cap.Shelf { return newBench(t).Shelf() })
}
