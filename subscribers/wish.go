package subscribers

import "callbox/areas"

// Wish checks what somebody who is signed up wants to hear from now on: places and languages as they are
// offered, nothing twice. Its error is [FieldErrors], naming every field that is wrong.
func (r Rules) Wish(places []areas.Place, langs []string) ([]areas.Place, []string, error) {
	var bad FieldErrors
	places, langs = r.places(places, &bad), r.langs(langs, &bad)
	if len(bad) > 0 {
		return nil, nil, bad
	}
	return places, langs, nil
}
