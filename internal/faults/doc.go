// Package faults runs the whole program against far sides, disks, databases and clocks that fail, kills it,
// and computes from what the far sides received whether the promises were held.
//
// It has tests only, behind the build tag faults: make faults runs them and prints a table.
package faults
