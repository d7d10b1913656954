//! Running the product: what operators start beside the server.
