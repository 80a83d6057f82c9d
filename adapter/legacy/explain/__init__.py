"""What a legacy call says, whether its signature holds, and which modern calls it becomes, without making any of them."""
