"""Values in other forms: as text of one line, in notebooks, as JSON to keep."""
