"""What a customer pays: prices, quantity prices, coupons, agreed prices, instalments. All exact, all within policy."""
