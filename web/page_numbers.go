package web

import (
	"net/url"
	"strconv"
)

// turns are the links from one page of a list to those before and after it; an empty one leads nowhere.
type turns struct{ Earlier, Next string }

// numbered is one page of a list whose pages are numbered from 1 by a parameter of the address.
type numbered struct {
	name        string
	page, lines int
}

// pageOf reads which page of a list is asked for; what is no number is the first.
func pageOf(params url.Values, name string, lines int) numbered {
	page, err := strconv.Atoi(params.Get(name))
	if err != nil || page < 1 || page > 1e6 {
		page = 1
	}
	return numbered{name, page, lines}
}

// from is how many lines come before the page.
func (n numbered) from() int { return (n.page - 1) * n.lines }

// turns links the pages of a list with so many lines in all. The other parameters of the address stay.
func (n numbered) turns(path string, params url.Values, of int) turns {
	var t turns
	if n.page > 1 {
		t.Earlier = turned(path, params, n.name, n.before(of))
	}
	if n.from()+n.lines < of {
		t.Next = turned(path, params, n.name, strconv.Itoa(n.page+1))
	}
	return t
}

// before is the number of the page before, empty for the first, of a list with so many lines in all.
func (n numbered) before(of int) string {
	if page := min(n.page-1, (of+n.lines-1)/n.lines); page > 1 {
		return strconv.Itoa(page)
	}
	return ""
}

// turned is an address with one parameter changed; of those that belong to something that was just done, none is left.
func turned(path string, params url.Values, name, value string) string {
	all := url.Values{}
	for key, values := range params {
		if key != "done" && len(values) > 0 && values[0] != "" {
			all.Set(key, values[0])
		}
	}
	if all.Del(name); value != "" {
		all.Set(name, value)
	}
	if len(all) == 0 {
		return path
	}
	return path + "?" + all.Encode()
}
