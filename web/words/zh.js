// The words.
