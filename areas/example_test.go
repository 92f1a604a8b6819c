package areas_test

import (
	"fmt"
	"strings"

	"callbox/areas"
)

// A state imports a town and its number, and learns where numbers are missing.
func Example() {
	book, _ := areas.NewBook(areas.Holdings{})
	by := areas.Importer{Jurisdiction: []areas.ID{"09"}}

	towns, err := areas.ReadAreas(strings.NewReader("id,name,zips\n0911082590,West Hartford,06107 06117\n"), book, by)
	if err != nil {
		fmt.Println(err)
		return
	}
	book, _ = areas.NewBook(areas.Holdings{Areas: towns.Areas, ZIPs: towns.ZIPs})

	directory, err := areas.ReadDirectory(strings.NewReader("area,for,tel\nCT/West Hartford,police,(860) 555-0101\n"), book, by)
	if err != nil {
		fmt.Println(err)
		return
	}
	book, _ = areas.NewBook(areas.Holdings{Areas: towns.Areas, ZIPs: towns.ZIPs, Numbers: directory.Numbers})

	for _, id := range book.At(areas.Place{ZIP: "06107"}) {
		area, _ := book.Area(id)
		fmt.Println(area.FullName(), book.Numbers(id)[0].Tel.Local())
	}
	fmt.Printf("no number in %d of %d areas\n", len(book.Missing("09")), len(book.Readers("09")))

	_, err = areas.ReadDirectory(strings.NewReader("area,for,tel\nCT/West Hartford,police,911\n"), book, by)
	fmt.Println(err)
	// Output:
	// West Hartford, CT 860-555-0101
	// no number in 9 of 10 areas
	// line 2, tel: a three-digit code cannot stand for 911: give a number of ten digits
}
