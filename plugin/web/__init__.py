"""Pages: views make fragments of HTML, shells deliver them to the door a person came through."""
