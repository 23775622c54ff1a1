"""A trained model to the Hugging Face Hub, with its model card: `python -m train.publish`."""
