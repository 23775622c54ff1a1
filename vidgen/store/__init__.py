"""Where weights come from: files, the Hugging Face Hub, and the models at hand."""
