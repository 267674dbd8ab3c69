"""The first connection: recognised by a provisional code, a matricule and a card; then the record is opened, or objected to."""
