//go:build !unix

package bench

import "time"

// processor is not known here: the figures of processor time are 0.
func processor() time.Duration { return 0 }

// peak is not known here.
func peak() int64 { return 0 }

// peakOf is not known here.
func peakOf(int) int64 { return 0 }
