"""JSON: lines, arrays and documents of objects, and objects within them."""
