package areas

// gazetteer is the built-in part of every book.
type gazetteer struct {
	areas map[ID]Area
	zips  map[ZIP][]ID
}

func builtIn() gazetteer { return gazetteer{areas: map[ID]Area{}, zips: map[ZIP][]ID{}} }

type outlines struct{}

func (outlines) of(ID) []Ring { return nil }
func shapes() outlines        { return outlines{} }
