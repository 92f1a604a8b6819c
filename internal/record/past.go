package record

// PastOutage is an outage that happened, with how long the public waited for a word of it.
type PastOutage struct {
	Name  string `json:"name"`
	Date  string `json:"date"`            // 2024-06-18
	Local int    `json:"local,omitempty"` // minutes until the first local public word; 0 where not known
	Wide  int    `json:"wide,omitempty"`  // minutes until the first alert to many; 0 where there was none, or it is not known
	Note  string `json:"note,omitempty"`
}

// Past are outages whose course is on record: reports of the Federal Communications Commission, of the
// states, and of the press of the day. They are what an agency's own record is measured by.
var Past = []PastOutage{
	{"Washington", "2014-04-10", 0, 360, "six hours until calls went out to residents"},
	{"Massachusetts", "2024-06-18", 26, 75, "local fire departments after 26 minutes, the state's web site after 67, phones after 75"},
	{"Connecticut", "2024-10-22", 71, 0, "the first city spoke after more than an hour"},
	{"Louisiana and Mississippi", "2025-09-25", 60, 0, "parishes and cities each published their own numbers after about an hour"},
	{"Pennsylvania", "2025-07-11", 60, 60, "both within the hour; the repair took until the next morning"},
}
