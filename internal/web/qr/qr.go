// Package qr draws QR codes (ISO/IEC 18004) as the path of an SVG image.
package qr

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// Code is a QR code: an image of Side by Side units, its dark modules one path. Scanners need the quiet
// margin of four modules that is part of it.
type Code struct {
	Side int
	Path string // the attribute d of an SVG path
}

const quiet = 4

// Encode makes the code of a text, of which a seventh may be damaged (level M).
func Encode(text string) (Code, error) {
	q, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return Code{}, fmt.Errorf("QR code: %w", err)
	}
	side := q.Bounds().Dx()
	var b strings.Builder
	for y := range side {
		for x := range side {
			if r, _, _, _ := q.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return Code{Side: side + 2*quiet, Path: b.String()}, nil
}
