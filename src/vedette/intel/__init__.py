"""What is known of an address or a name: threat and trusted lists, open feeds, AWS's ranges, geography."""
