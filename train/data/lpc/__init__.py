"""Characters of the Liberated Pixel Cup, composed from layers."""
