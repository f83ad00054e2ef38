"""The stages one after the other: from a text to everything that is known of its layers."""
