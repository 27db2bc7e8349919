"""The wire format of mail: values go in, bytes as receivers want them come out."""
