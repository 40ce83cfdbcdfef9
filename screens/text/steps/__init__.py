"""What the steps say of answers: present values, consequences, rights, the field that fixes an item."""
