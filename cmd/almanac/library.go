package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// ownProtocols is the folder in the data folder where a clinic's own protocols lie.
const ownProtocols = "protocols"

// maxProtocolFile bounds what is read of a file; the parser's own bound is lower.
const maxProtocolFile = 1 << 20

// loadLibrary gives the built-in protocols and those of the data folder. A file
// that has something wrong is left out whole and told of in problems, so that
// one of them never keeps the others or the program from working.
func loadLibrary(c Config) (library *protocols.Library, problems, err error) {
	if library, err = protocols.BuiltinLibrary(); err != nil {
		return nil, nil, err
	}
	files, err := filepath.Glob(filepath.Join(c.DataDir, ownProtocols, "*.yaml"))
	if err != nil {
		return nil, nil, err
	}
	for len(files) > 0 { // a file may stand after the one that names it as its parent
		var left []string
		var wrong []error
		for _, file := range files {
			with, err := addProtocol(library, file)
			if err != nil {
				left, wrong = append(left, file), append(wrong, err)
				continue
			}
			library = with
		}
		if len(left) == len(files) {
			return library, errors.Join(wrong...), nil
		}
		files = left
	}
	return library, nil, nil
}

func addProtocol(library *protocols.Library, file string) (*protocols.Library, error) {
	definition, err := readProtocol(library, file)
	if err != nil {
		return nil, err
	}
	with, err := library.With(definition)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return with, nil
}

// readProtocol reads a protocol file and holds it against the library. It never
// reads more of it than the parser takes.
func readProtocol(library *protocols.Library, path string) (*protocols.Definition, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The file %s cannot be read. Check its name.", path)
	}
	defer file.Close()
	source, err := io.ReadAll(io.LimitReader(file, maxProtocolFile))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The file %s cannot be read. Check that it is a file.", path)
	}
	return library.Parse(path, source)
}

// protocolOrFile takes what looks like a file as one, anything else as an id.
func protocolOrFile(library *protocols.Library, name string) (*protocols.Definition, error) {
	if extension := filepath.Ext(name); extension == ".yaml" || extension == ".yml" ||
		strings.ContainsRune(name, os.PathSeparator) {
		return readProtocol(library, name)
	}
	return library.Find(name)
}
