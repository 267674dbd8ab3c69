"""
The history of a record: its trail, read by those whom it concerns. The reading is an act like another, judged and traced.

Above `audit`, which writes and proves the trail, since whoever reads it is judged, document by document, by what they may see now.
"""
