// Package spreadsheet reads people from the tables that clinics keep, and writes tables that spreadsheets open safely.
//
// ReadPeople takes what a spreadsheet saves or pastes: comma, semicolon or tab between cells, UTF-8, UTF-16 or
// Windows-1252, column names in English or Spanish, and dates and phone numbers as Excel writes them. It says in
// sentences what it assumed. A cell that it cannot read is a fault of its row; a file that it cannot read is an error,
// and nothing of it is returned.
//
// Write makes CSV in which no cell is a formula. What WritePeople writes, ReadPeople reads as the same people.
package spreadsheet
