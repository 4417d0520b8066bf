package web

import (
	"net/url"
	"strconv"
)

// pager are the links from one page of a list to those before and after it; an empty one leads nowhere.
type pager struct{ Earlier, Next string }

// pageNumber is one page of a list whose pages are numbered from 1 by a parameter of the address.
type pageNumber struct {
	name        string
	page, lines int
}

// readPageNumber reads which page of a list is asked for; what is no number is the first.
func readPageNumber(params url.Values, name string, lines int) pageNumber {
	page, err := strconv.Atoi(params.Get(name))
	if err != nil || page < 1 || page > 1e6 {
		page = 1
	}
	return pageNumber{name, page, lines}
}

// offset is how many lines come before the page.
func (n pageNumber) offset() int { return (n.page - 1) * n.lines }

// pager links the pages of a list with so many lines in all. The other parameters of the address stay.
func (n pageNumber) pager(path string, params url.Values, of int) pager {
	var t pager
	if n.page > 1 {
		t.Earlier = withParam(path, params, n.name, n.previous(of))
	}
	if n.offset()+n.lines < of {
		t.Next = withParam(path, params, n.name, strconv.Itoa(n.page+1))
	}
	return t
}

// previous is the number of the page before, empty for the first, of a list with so many lines in all.
func (n pageNumber) previous(of int) string {
	if page := min(n.page-1, (of+n.lines-1)/n.lines); page > 1 {
		return strconv.Itoa(page)
	}
	return ""
}

// withParam is an address with one parameter changed; of those that belong to something that was just done, none is left.
func withParam(path string, params url.Values, name, value string) string {
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
