"""Turn uploaded pictures into WebP variants, and store them."""
