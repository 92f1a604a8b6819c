//go:build !farsides

package main

// loopbackFarSides returns none: a released program reaches the world and nothing else. Tests of the
// whole binary build it with the tag farsides.
func loopbackFarSides() (farSides, error) { return farSides{}, nil }
