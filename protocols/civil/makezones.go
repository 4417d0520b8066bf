//go:build ignore

// Makezones writes protocols/civil/zones.zip, the zone data inside the program, from the tz database of the machine
// it runs on:
//
//	go run protocols/civil/makezones.go
//
// It compiles tzdata.zi with "zic -b slim" and packs the result sorted, undated and with three tables: version (the
// first line of tzdata.zi), canonical (one "name canonical-name" a line) and countries (one "canonical-name
// ISO-3166-code" a line). The same database gives the same bytes; it packs twice and compares. On Debian the input
// comes with the package tzdata; check its version before and after.
//
// A name is canonical when zone.tab lists it, because zone.tab has the name that the people of each country type: the
// database links Europe/Bratislava to Europe/Prague, and a clinic in Bratislava must not read "Prague". Any other link
// belongs to its target, and Etc/UTC to itself. What is left over (EST5EDT, CET, Etc/GMT+5, Factory) has no place and
// is left out, so that nobody can choose it.
package main

import (
	"archive/zip"
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	database := flag.String("tzdata", "/usr/share/zoneinfo/tzdata.zi", "the tz database in one file")
	places := flag.String("zonetab", "/usr/share/zoneinfo/zone.tab", "the list of places")
	out := flag.String("out", "protocols/civil/zones.zip", "the file to write")
	flag.Parse()
	if err := run(*database, *places, *out); err != nil {
		log.Fatal("makezones: ", err)
	}
}

func run(database, places, out string) error {
	source, err := os.ReadFile(database)
	if err != nil {
		return fmt.Errorf("reading the tz database: %w", err)
	}
	tab, err := os.ReadFile(places)
	if err != nil {
		return fmt.Errorf("reading the list of places: %w", err)
	}
	first, _, _ := strings.Cut(string(source), "\n")
	version, ok := strings.CutPrefix(first, "# version ")
	if !ok {
		return fmt.Errorf("%s does not begin with its version", database)
	}
	canonical := canonicalNames(string(source), string(tab))
	dir, err := os.MkdirTemp("", "zones")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if output, err := exec.Command("zic", "-b", "slim", "-d", dir, database).CombinedOutput(); err != nil {
		return fmt.Errorf("compiling the zones: %w: %s", err, output)
	}
	countries := countryTable(string(tab))
	packed, err := pack(dir, version, countries, canonical)
	if err != nil {
		return err
	}
	again, err := pack(dir, version, countries, canonical)
	if err != nil {
		return err
	}
	if !bytes.Equal(packed, again) {
		return fmt.Errorf("packing twice gave different bytes")
	}
	if err := os.WriteFile(out, packed, 0o644); err != nil {
		return fmt.Errorf("writing the zones: %w", err)
	}
	fmt.Printf("%s: version %s, %d names, %d bytes\n", out, version, len(canonical), len(packed))
	return nil
}

// homeNames are links that the tz database points across a border although the country has a name of its own in
// zone.tab. The database's file "backward" gives the same names in its comments.
var homeNames = map[string]string{
	"Africa/Asmera":         "Africa/Asmara",
	"Africa/Timbuktu":       "Africa/Bamako",
	"America/Coral_Harbour": "America/Atikokan",
	"America/Virgin":        "America/St_Thomas",
	"Antarctica/South_Pole": "Antarctica/McMurdo",
	"Atlantic/Jan_Mayen":    "Arctic/Longyearbyen",
	"Iceland":               "Atlantic/Reykjavik",
	"Pacific/Ponape":        "Pacific/Pohnpei",
	"Pacific/Truk":          "Pacific/Chuuk",
	"Pacific/Yap":           "Pacific/Chuuk",
}

// countryTable gives the country of every place that zone.tab lists, sorted by name.
func countryTable(tab string) string {
	var lines []string
	for line := range strings.Lines(tab) {
		if fields := strings.Split(strings.TrimSpace(line), "\t"); !strings.HasPrefix(line, "#") && len(fields) >= 3 {
			lines = append(lines, fields[2]+" "+fields[0]+"\n")
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// canonicalNames maps every name that may be typed to the name that is printed.
func canonicalNames(source, tab string) map[string]string {
	canonical := map[string]string{"Etc/UTC": "Etc/UTC"}
	for line := range strings.Lines(tab) {
		if fields := strings.Split(strings.TrimSpace(line), "\t"); !strings.HasPrefix(line, "#") && len(fields) >= 3 {
			canonical[fields[2]] = fields[2]
		}
	}
	links := map[string]string{}
	for line := range strings.Lines(source) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "L" {
			links[fields[2]] = fields[1]
		}
	}
	for name := range links {
		target := name
		for hops := 0; canonical[target] != target && links[target] != "" && hops < 8; hops++ {
			target = links[target]
		}
		switch home := homeNames[name]; {
		case canonical[name] == name: // zone.tab has it
		case home != "" && canonical[home] == home:
			canonical[name] = home
		case canonical[target] == target:
			canonical[name] = target
		}
	}
	return canonical
}

// pack writes the tables and the data of every canonical name.
func pack(dir, version, countries string, canonical map[string]string) ([]byte, error) {
	var table strings.Builder
	files := map[string][]byte{"version": []byte(version + "\n"), "countries": []byte(countries)}
	names := make([]string, 0, len(canonical))
	for name := range canonical {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&table, "%s %s\n", name, canonical[name])
		if canonical[name] != name {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("reading a compiled zone: %w", err)
		}
		files["zones/"+name] = data
	}
	files["canonical"] = []byte(table.String())
	paths := make([]string, 0, len(files))
	for path := range files {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	var packed bytes.Buffer
	writer := zip.NewWriter(&packed)
	for _, path := range paths {
		entry, err := writer.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Deflate})
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write(files[path]); err != nil {
			return nil, err
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
