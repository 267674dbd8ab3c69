"""A professional's desk: finding the patient, the records opened lately, what is new since the last visit."""
