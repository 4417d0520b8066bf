package civil

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:generate go run makezones.go -out zones.zip

//go:embed zones.zip
var builtinZones []byte

// loadBuiltinZones reads the embedded zones on first use and never again.
var loadBuiltinZones = sync.OnceValues(func() (*Zones, error) { return ReadZones(builtinZones) })

// Zones is one release of the tz database. It is safe for concurrent use and never changes.
type Zones struct {
	version   string
	canonical map[string]string    // every name that may be typed, to the name that is printed
	files     map[string]*zip.File // by canonical name
	countries map[string]string    // ISO 3166 codes by canonical name; empty: the file is older than this table
	names     []string

	mu     sync.Mutex
	loaded map[string]*time.Location // by canonical name
}

// BuiltinZones is the zone data inside the program, read once.
func BuiltinZones() (*Zones, error) { return loadBuiltinZones() }

// The most that a file of zone data may hold; a real one stays under a tenth of it.
const (
	maxZoneNames = 8000
	maxZoneFile  = 256 << 10
)

// ReadZones reads zone data packed by makezones.go. The error says what is wrong with the file.
func ReadZones(packed []byte) (*Zones, error) {
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, fmt.Errorf("the zone data is not a zip file; make one with protocols/civil/makezones.go: %w", err)
	}
	if len(archive.File) > maxZoneNames {
		return nil, fmt.Errorf("the zone data has more than %d entries; make it with protocols/civil/makezones.go",
			maxZoneNames)
	}
	z := &Zones{canonical: map[string]string{}, files: map[string]*zip.File{}, loaded: map[string]*time.Location{}}
	for _, file := range archive.File {
		if name, ok := strings.CutPrefix(file.Name, "zones/"); ok {
			z.files[name] = file
			continue
		}
		text, err := readZoneFile(file)
		if err != nil {
			return nil, err
		}
		switch file.Name {
		case "version":
			z.version = strings.TrimSpace(string(text))
		case "canonical":
			z.canonical = readPairs(string(text))
		case "countries":
			z.countries = readPairs(string(text))
		}
	}
	if z.version == "" || len(z.canonical) == 0 {
		return nil, errors.New("the zone data has no version or no names; make it with protocols/civil/makezones.go")
	}
	for name, canonical := range z.canonical {
		if z.files[canonical] == nil {
			return nil, fmt.Errorf("the zone data has no file for %s; make it anew with protocols/civil/makezones.go",
				canonical)
		}
		if name == canonical && !strings.HasPrefix(name, "Etc/") {
			z.names = append(z.names, name)
		}
	}
	slices.Sort(z.names)
	return z, nil
}

// readPairs reads a table of two words a line.
func readPairs(table string) map[string]string {
	pairs := map[string]string{}
	for line := range strings.Lines(table) {
		if first, second, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			pairs[first] = second
		}
	}
	return pairs
}

func readZoneFile(file *zip.File) ([]byte, error) {
	content, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("opening %s in the zone data: %w", file.Name, err)
	}
	defer content.Close()
	data, err := io.ReadAll(io.LimitReader(content, maxZoneFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s in the zone data: %w", file.Name, err)
	}
	if len(data) > maxZoneFile {
		return nil, fmt.Errorf("%s in the zone data is larger than %d bytes", file.Name, maxZoneFile)
	}
	return data, nil
}

// Version is the release of the tz database, such as "2026f".
func (z *Zones) Version() string { return z.version }

// Names lists the canonical names of places, sorted: one for every part of every country that keeps its own time. The
// slice is the caller's.
func (z *Zones) Names() []string { return slices.Clone(z.names) }

// Country gives the country of a zone as its ISO 3166 code, such as FR for Europe/Paris; "" for Etc/UTC and for names
// that Location refuses. Zone data made before the table existed takes it from the data inside the program.
func (z *Zones) Country(name string) string {
	canonical := z.canonical[name]
	if len(z.countries) > 0 {
		return z.countries[canonical]
	}
	builtin, err := BuiltinZones()
	if err != nil || builtin == z {
		return ""
	}
	return builtin.countries[canonical]
}

// Location finds a zone by its name. Links are accepted, and String of the result is the canonical name: US/Eastern
// gives America/New_York, UTC gives Etc/UTC. A name is canonical when the tz database's zone.tab lists it; a link is
// never answered with another country's city. Abbreviations, Local, the empty name, fixed offsets and unknown names
// are refused with a sentence that says what to type.
func (z *Zones) Location(name string) (*time.Location, error) {
	canonical, ok := z.canonical[name]
	if !ok {
		return nil, z.refuse(name)
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if location := z.loaded[canonical]; location != nil {
		return location, nil
	}
	data, err := readZoneFile(z.files[canonical])
	if err != nil {
		return nil, err
	}
	location, err := time.LoadLocationFromTZData(canonical, data)
	if err != nil {
		return nil, fmt.Errorf("reading the zone %s: %w", canonical, err)
	}
	z.loaded[canonical] = location
	return location, nil
}
