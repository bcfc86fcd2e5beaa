"""Import the JSON exports of Ghost."""
